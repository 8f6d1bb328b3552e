// How answers are shown.  Text goes in as text; formulas are MathML that nzdiff wrote.

export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value != null) made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

export function formula({ text, mathml }) {
  const math = element("span", { role: "math", "aria-label": text, class: "math" });
  math.innerHTML = mathml.map((part) => `<math displaystyle="true" aria-hidden="true">${part}</math>`).join(" ");
  return math;
}

// The page has a title of its own.
const OURS = new CSSStyleSheet();
OURS.replaceSync(".nzdiff h1 { display: none } .nzdiff h2:first-of-type { margin-top: 0.3rem }");

// A derivation as nzdiff writes it for notebooks, in a root of its own with its own style sheet.
export function showDocument(host, html) {
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  const holder = document.createElement("template");
  holder.innerHTML = html;
  const open = [...root.querySelectorAll("details")].map((part) => part.open);
  const styles = [...holder.content.querySelectorAll("style")];
  const sheets = styles.map((style) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(style.textContent);
    style.remove();
    return sheet;
  });
  root.adoptedStyleSheets = [...sheets, OURS];
  root.replaceChildren(holder.content);
  const parts = [...root.querySelectorAll("details")];
  if (open.length === parts.length) parts.forEach((part, place) => (part.open = open[place]));
  for (const button of root.querySelectorAll("button[data-copy], button[data-from]")) {
    button.hidden = false; // hidden where no script copies
    copies(button, () => button.dataset.copy ?? root.getElementById(button.dataset.from).content.textContent);
  }
}

export function copies(button, what) {
  button.addEventListener("click", async () => {
    const before = button.textContent;
    try {
      await navigator.clipboard.writeText(what());
      button.textContent = "copied";
    } catch {
      button.textContent = "not allowed";
    }
    setTimeout(() => (button.textContent = before), 1200);
  });
}

export function error({ message }) {
  return element("pre", { class: "error", role: "alert" }, message);
}

export function checks(found) {
  const failed = found.filter((check) => !check.passed).length;
  const said = failed ? `${failed} of ${found.length} checks failed` : `${found.length} checks, all passed`;
  return [
    element("p", { class: failed ? "bad" : "good" }, said),
    table(["", "check", "how", "detail"], found.map((check) => [
      element("span", { role: "img", "aria-label": check.passed ? "passed" : "failed", class: check.passed ? "good" : "bad" }, check.passed ? "✓" : "✗"),
      check.name, check.kind, check.detail,
    ])),
  ];
}

export function program({ files, sentence, table: [headings, ...rows], plan: [columns, ...steps] }) {
  return [
    element("p", {}, sentence),
    table(headings, rows, [1, 2, 3, 4]),
    element("details", {}, element("summary", {}, `The plan, ${steps.length} steps`),
      table(columns, steps.map(([call, ...rest]) => [element("code", {}, call), ...rest]), [2, 3])),
    ...[["NumPy", files.numpy], ["C", files.c]].map(([name, text]) => {
      const button = element("button", { type: "button", "aria-label": `copy the ${name} text` }, "copy");
      copies(button, () => text);
      const lines = text.split("\n").length;
      return element("details", { open: name === "NumPy" }, element("summary", {}, `${name}, ${lines} lines`), button, element("pre", { tabindex: "0", "aria-label": `${name} text` }, text));
    }),
  ];
}

export function verdict({ right, claim, truth, reasons, counterexample }) {
  const shown = [
    element("p", { class: right ? "good" : "bad" }, right ? "✓ right" : "✗ wrong"),
    element("div", { class: "wide" }, formula(claim)),
    element("ul", {}, ...reasons.map((reason) => element("li", {}, reason))),
  ];
  if (right) return shown;
  return [
    ...shown,
    element("p", {}, "It should be"),
    element("div", { class: "wide" }, formula(truth)),
    element("pre", {}, counterexample.trimEnd()),
  ];
}

function table(headings, rows, numeric = []) {
  const kind = (column) => (numeric.includes(column) ? "number" : null);
  return element("div", { class: "wide" }, element("table", {},
    element("thead", {}, element("tr", {}, ...headings.map((said, column) => element("th", { scope: "col", class: kind(column) }, said)))),
    element("tbody", {}, ...rows.map((row) => element("tr", {}, ...row.map((cell, column) => element("td", { class: kind(column) }, cell)))))));
}
