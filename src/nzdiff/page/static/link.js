// What a link holds behind its #, which no browser sends to a server: the formula, and what is
// declared of its names, in the words of `nzdiff derive`.

const LISTS = ["sparse", "dense", "diagonal", "symmetric", "vector", "scalar"];
export const ONE_SIZE = ["vector", "diagonal", "symmetric", "sparse symmetric"];
const ITEM = /\s*,?\s*([\p{L}_][\p{L}\p{N}_]*)\s*(?:\(([^()]*(?:\([^()]*\)[^()]*)*)\))?/uy;

// The declarations of a form, {name: {unknown, kind, rows, cols}}, as lists of names by kind.
// known: what was found of the formula, {name: {kind, shape}}, for what a form leaves open: one
// size alone would make a column.
export function lists(declared, known = {}) {
  const found = Object.fromEntries(["wrt", ...LISTS].map((list) => [list, []]));
  for (const [name, said] of Object.entries(declared)) {
    if (said.unknown) found.wrt.push(name);
    const sized = said.rows || said.cols;
    const kind = said.kind || (sized ? known[name]?.kind : "");
    if (!kind) continue;
    const [rows, cols] = known[name]?.shape ?? [];
    const all = ONE_SIZE.includes(kind) ? [said.rows || said.cols] : [said.rows || rows, said.cols || cols];
    const sizes = kind === "scalar" || !sized ? "" : `(${all.filter(Boolean).join(", ")})`;
    const [first, second] = kind.split(" ");
    found[first].push(name + sizes);
    if (second) found[second].push(name);
  }
  return Object.fromEntries(Object.entries(found).map(([list, names]) => [list, names.join(" ")]));
}

// The form of such lists.
export function declared(lists) {
  const found = {};
  const of = (name) => (found[name] ??= { unknown: false, kind: "", rows: "", cols: "" });
  for (const [name] of items(lists.wrt)) of(name).unknown = true;
  for (const list of LISTS) {
    for (const [name, sizes] of items(lists[list])) {
      const said = of(name);
      said.kind = said.kind ? `${said.kind} ${list}` : list;
      const [rows, cols] = parts(sizes);
      said.rows ||= rows;
      said.cols ||= cols;
    }
  }
  return found;
}

function* items(list = "") {
  ITEM.lastIndex = 0;
  for (let match; (match = ITEM.exec(list)); ) yield [match[1], match[2] ?? ""];
}

function parts(sizes) {
  const [rows = "", cols = ""] = sizes.split(",").map((size) => size.trim());
  return [rows, cols];
}

export function toLink(question) {
  const said = Object.entries(question).filter(([, value]) => value);
  return "#" + new URLSearchParams(said).toString();
}

export function fromLink(hash) {
  return Object.fromEntries(new URLSearchParams(hash.replace(/^#/, "")));
}

// The same in Python.
export function toPython({ energy, wrt, ...rest }) {
  const said = LISTS.filter((list) => rest[list]).map((list) => `, ${list}=${JSON.stringify(rest[list])}`);
  return `import nzdiff as nz\n\nproblem = nz.parse(${JSON.stringify(energy)}, wrt=${JSON.stringify(wrt)}${said.join("")})\nprint(problem.derive().show())\n`;
}

export const EXAMPLES = {
  "Coarsen a Laplacian: ‖X − Y Gᵀ L G B‖²": { energy: "norm2(X - Y*G'*L*G*B)^2", wrt: "G", sparse: "G L" },
  "Least squares with a penalty": { energy: "norm2(A*x - b)^2 + lambda*norm2(x)^2", wrt: "x", sparse: "A" },
  "Logistic regression": { energy: "sum(log(1 + exp(-y.*(A*w)))) + mu*norm2(w)^2/2", wrt: "w", sparse: "A" },
  "Complete a matrix where M has entries": { energy: "norm2(mask(U*V' - M, M))^2", wrt: "U V", sparse: "M" },
  "Covariance selection: tr(S Q) − log det Q": { energy: "tr(S*Q) - logdet(Q)", wrt: "Q", sparse: "Q", symmetric: "Q S" },
  "Sparse approximate inverse": { energy: "norm2(A*M - I)^2", wrt: "M", sparse: "A M" },
  "A quadratic form by its matrix": { energy: "x'*A*x", wrt: "A", sparse: "A" },
  "Two layers, by both": { energy: "norm2(W*tanh(V*X) - Y)^2", wrt: "V W", sparse: "V" },
};
