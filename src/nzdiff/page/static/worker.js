// nzdiff in the browser: Python by Pyodide, the modules from one archive.  NumPy and SciPy are
// loaded when a proof, a verdict or code is asked for.

import { packages } from "./config.js";
import { loadPyodide } from "./pyodide/pyodide.mjs";

const NEEDS_NUMPY = ["proof", "code", "verdict"];
const at = (path) => new URL(path, import.meta.url).href;
const progress = (said) => postMessage({ progress: said });

// The largest file is stored packed; whoever asks for it gets it unpacked.
const plain = self.fetch.bind(self);
self.fetch = async (request, options) => {
  const url = String(request.url ?? request);
  if (!url.endsWith(".wasm") || !url.startsWith(at("pyodide/"))) return plain(request, options);
  const packed = await plain(`${url}.packed`, options);
  if (!packed.ok) return packed;
  const body = packed.body.pipeThrough(new DecompressionStream("gzip"));
  return new Response(body, { headers: { "Content-Type": "application/wasm" } });
};

async function started() {
  progress("loading Python …");
  const archive = plain(at("nzdiff.zip")).then((response) => {
    if (!response.ok) throw new Error(`nzdiff.zip: ${response.status}`);
    return response.arrayBuffer();
  });
  const [python, bytes] = await Promise.all([
    loadPyodide({ indexURL: at("pyodide/"), packageBaseUrl: new URL(packages, import.meta.url).href }),
    archive,
  ]);
  progress("loading nzdiff …");
  python.FS.writeFile("/nzdiff.zip", new Uint8Array(bytes));
  const answer = python.runPython(`
import json, sys
sys.path.insert(0, "/nzdiff.zip")
from nzdiff.page.answer import answer
lambda asked: json.dumps(answer(json.loads(asked)))
`);
  return { python, answer };
}

async function loadNumpy(python) {
  progress("loading NumPy and SciPy …");
  await python.loadPackage(["numpy", "scipy"], { messageCallback: progress, errorCallback: () => {} }).catch(() => {});
  const missing = ["numpy", "scipy"].filter((name) => !(name in python.loadedPackages));
  if (missing.length) throw new Error(`${missing.join(" and ")} cannot be loaded from ${packages}; proofs need a network once`);
}

const start = started();
start.catch((error) => postMessage({ failed: `Python could not be started: ${error.message}` }));

self.onmessage = async ({ data: { id, question } }) => {
  let answer;
  try {
    const { python, answer: ask } = await start;
    if (NEEDS_NUMPY.includes(question.wanted) && !("scipy" in python.loadedPackages)) await loadNumpy(python);
    progress("");
    answer = JSON.parse(ask(JSON.stringify(question)));
  } catch (error) {
    answer = { error: { message: String(error.message).trim().split("\n").at(-1) } };
  }
  postMessage({ id, answer });
};
