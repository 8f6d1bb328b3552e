// Questions go to nzdiff in a worker of this browser.  One that takes too long ends the worker;
// another is started.

const SECONDS = 60;
export const proofsAreHere = false;
export const where = "nzdiff runs in this browser: what you type stays here. Once loaded, the page works without a network.";

let worker;
let waiting = new Map(); // id: {resolve, report}
let last = 0;
let turn = Promise.resolve();

function start() {
  worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
  worker.onmessage = ({ data: { id, answer, progress, failed } }) => {
    if (failed) return end(failed);
    if (progress !== undefined) return waiting.forEach(({ report }) => report(progress));
    waiting.get(id)?.resolve(answer);
    waiting.delete(id);
  };
  worker.onerror = (event) => end(event.message || "Python could not be started");
}

function end(message) {
  worker?.terminate();
  worker = undefined;
  for (const { resolve } of waiting.values()) resolve({ error: { message } });
  waiting = new Map();
}

// One question after the other, so that each has its own time.  Loading is not counted: the worker
// says when it begins to work.
export function ask(question, report = () => {}) {
  const answer = turn.then(() => new Promise((resolve) => {
    if (!worker) start();
    const id = ++last;
    let timer;
    const began = (progress) => {
      clearTimeout(timer);
      if (progress === "") timer = setTimeout(() => end(`this took longer than ${SECONDS} s and was stopped; ask for less, or use nzdiff in Python`), SECONDS * 1000);
      report(progress);
    };
    waiting.set(id, { resolve: (found) => { clearTimeout(timer); resolve(found); }, report: began });
    worker.postMessage({ id, question });
  }));
  turn = answer;
  return answer;
}

start();
if ("serviceWorker" in navigator) navigator.serviceWorker.register(new URL("offline.js", import.meta.url)).catch(() => {});
