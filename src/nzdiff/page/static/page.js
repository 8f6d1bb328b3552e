// The page: what is typed becomes a question, what comes back is shown.  transport.js carries
// questions, to `nzdiff serve` or to nzdiff in a worker of this browser.

import { EXAMPLES, ONE_SIZE, declared as declaredOf, fromLink, lists, toLink, toPython } from "./link.js";
import { ask, proofsAreHere, where } from "./transport.js";
import { checks, copies, element, error, formula, program, showDocument, verdict } from "./view.js";

const at = (id) => document.getElementById(id);
const KINDS = {
  "": "auto", dense: "dense", sparse: "sparse", diagonal: "diagonal", symmetric: "dense, symmetric",
  "sparse symmetric": "sparse, symmetric", vector: "column", scalar: "number",
};
const WORD = /[\p{L}_][\p{L}\p{N}_]*/gu;
const RENAMED = /[α-ωΑ-Ω₀-₉]|\blambda\b/; // names that nzdiff spells in ASCII: λ is lamda
let said = {}; // of each name, what the reader declares
let names = []; // of each name, what nzdiff found
let typed = {}; // of each name that was found, how it was typed

function question() {
  const energy = at("energy").value;
  const words = new Set(energy.match(WORD));
  const isRenamed = RENAMED.test(energy);
  const here = (name) => words.has(typed[name] ?? name) || (isRenamed && !(name in typed));
  const chosen = Object.fromEntries(Object.entries(said).filter(([name]) => here(name)));
  return { energy, ...lists(chosen, Object.fromEntries(names.map((found) => [found.name, found]))) };
}

const asked = (wanted, more = {}) => {
  const all = { ...question(), wanted, ...more };
  return Object.fromEntries(Object.entries(all).filter(([name, value]) => value || name === "energy"));
};

// What is typed is read as it changes; of several changes during an answer, the last counts.
let isRunning = false;
let isStale = false;
async function update() {
  if (isRunning) return void (isStale = true);
  isRunning = true;
  do {
    isStale = false;
    await once();
  } while (isStale);
  isRunning = false;
}

async function once() {
  const asking = question();
  if (!asking.energy.trim()) return clear();
  history.replaceState(null, "", toLink(asking));
  const began = performance.now();
  const found = await ask(asked(asking.wrt ? "derivation" : "names"), status);
  if (isStale) return;
  status("");
  at("energy").setAttribute("aria-invalid", Boolean(found.error));
  if (found.error) {
    at("read").replaceChildren(error(found.error));
    at("results").hidden = true;
    names = wordsOf(asking.energy); // what is not clear can be declared
    return showNames();
  }
  names = found.names;
  for (const { name, typed: word } of names) typed[name] = word;
  const shown = [element("span", { class: "label" }, "read as "), formula(found.read)];
  const notes = found.notes.map((note) => element("p", { class: "note" }, note));
  at("read").replaceChildren(element("div", { class: "wide" }, ...shown), ...notes);
  showNames();
  at("results").hidden = !found.html;
  if (!found.html) return status("choose what to differentiate by");
  status(`derived in ${Math.max(1, Math.round(performance.now() - began))} ms`);
  showDocument(at("document"), found.html);
  for (const id of ["checks", "program", "outcome"]) at(id).replaceChildren();
  if (proofsAreHere && !at("proof").hidden) prove();
}

// The names of a formula that was not read; of those that were read before, what was found.
function wordsOf(energy) {
  const said = energy.replace(/\bwhere\b.*/s, "").replace(/[ᵀᵗ]/g, "'");
  const words = said.match(/(?<![\p{L}\p{N}_])[\p{L}_][\p{L}\p{N}_]*(?![\p{L}\p{N}_]|\s*\()/gu);
  const known = new Map(names.map((found) => [found.typed, found]));
  return [...new Set(words)].map((word) => known.get(word) ?? { name: word, typed: word, kind: "", shape: ["", ""] });
}

function clear() {
  names = [];
  for (const id of ["names", "results"]) at(id).hidden = true;
  at("read").replaceChildren();
  status("");
  history.replaceState(null, "", location.pathname);
}

function status(message) {
  at("status").textContent = message;
}

function showNames() {
  const body = at("names").querySelector("tbody");
  const focused = document.activeElement?.id;
  body.replaceChildren(...names.map(({ name, kind, shape }) => {
    const own = (said[name] ??= { unknown: false, kind: "", rows: "", cols: "" });
    const change = (key, value) => { own[key] = value; update(); };
    const size = (key, place) => element("input", {
      id: `${key}-${name}`, value: own[key], placeholder: shape[place], "aria-label": `${key === "rows" ? "rows" : "columns"} of ${name}`,
      spellcheck: "false", autocapitalize: "off", onchange: (event) => change(key, event.target.value.trim()),
    });
    const options = Object.entries(KINDS).map(([value, label]) =>
      element("option", { value, selected: value === own.kind }, value || !kind ? label : `auto: ${KINDS[kind]}`));
    const sizes = kind === "scalar" ? [] : ONE_SIZE.includes(kind) || shape[1] === "1" ? [size("rows", 0)] : [size("rows", 0), " × ", size("cols", 1)];
    return element("tr", {},
      element("th", { scope: "row" }, name),
      element("td", {}, element("input", { type: "checkbox", id: `unknown-${name}`, "aria-label": `differentiate by ${name}`, onchange: (event) => change("unknown", event.target.checked) })),
      element("td", {}, element("select", { id: `kind-${name}`, "aria-label": `kind of ${name}`, onchange: (event) => change("kind", event.target.value) }, ...options)),
      element("td", { class: "sizes" }, ...sizes));
  }));
  for (const { name } of names) at(`unknown-${name}`).checked = said[name].unknown;
  at("names").hidden = names.length === 0;
  const unknowns = names.filter(({ name }) => said[name].unknown);
  at("by-field").hidden = unknowns.length < 2;
  at("by").placeholder = unknowns[0]?.name ?? "";
  if (focused) at(focused)?.focus();
}

// The other three: each button asks, and shows what comes in its place.
async function work(button, place, wanted, more, shown) {
  button.disabled = true;
  at(place).replaceChildren(element("p", { class: "note" }, "working …"));
  const found = await ask(asked(wanted, more), status);
  status("");
  at(place).replaceChildren(...(found.error ? [error(found.error)] : shown(found)));
  button.disabled = false;
}

function prove() {
  return work(at("prove"), "checks", "proof", {}, (found) => {
    showDocument(at("document"), found.html);
    return checks(found.checks);
  });
}

at("prove").addEventListener("click", prove);
at("write").addEventListener("click", () => work(at("write"), "program", "code", { sizes: at("sizes").value }, program));
at("check").addEventListener("click", () =>
  work(at("check"), "outcome", "verdict", { what: at("what").value, by: at("by-field").hidden ? "" : at("by").value, claim: at("claim").value }, verdict));

for (const button of document.querySelectorAll("[data-form]")) {
  button.addEventListener("click", async () => {
    const found = await ask(asked("file", { form: button.dataset.form }), status);
    if (found.error) return status(found.error.message);
    const url = URL.createObjectURL(new Blob([found.text], { type: "text/plain;charset=utf-8" }));
    element("a", { href: url, download: found.name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10000);
  });
}

const tabs = [...document.querySelectorAll('[role="tab"]')];
function select(tab) {
  for (const other of tabs) {
    other.setAttribute("aria-selected", other === tab);
    other.tabIndex = other === tab ? 0 : -1;
    at(other.getAttribute("aria-controls")).hidden = other !== tab;
  }
  if (proofsAreHere && tab.id === "tab-proof" && !at("checks").hasChildNodes()) prove();
  if (proofsAreHere && tab.id === "tab-code" && !at("program").hasChildNodes()) at("write").click();
}
tabs.forEach((tab, place) => {
  tab.addEventListener("click", () => select(tab));
  tab.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1, Home: -place, End: tabs.length - 1 - place }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = tabs[(place + step + tabs.length) % tabs.length];
    next.focus();
    select(next);
  });
});

let wait;
at("energy").addEventListener("input", () => {
  clearTimeout(wait);
  wait = setTimeout(update, 300);
});
at("form").addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(wait);
  update();
});
at("energy").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey) return;
  event.preventDefault();
  at("form").requestSubmit();
});
at("claim").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey) return;
  event.preventDefault();
  at("check").click();
});
copies(at("link"), () => location.href);
copies(at("python"), () => toPython(question()));

function open(given) {
  [names, typed] = [[], {}];
  said = declaredOf(given);
  at("energy").value = (given.energy ?? "").slice(0, 4000);
  return update();
}
for (const name of Object.keys(EXAMPLES)) at("example").append(element("option", { value: name }, name));
at("example").addEventListener("change", () => {
  if (at("example").value) open(EXAMPLES[at("example").value]);
  at("example").value = "";
});
addEventListener("hashchange", () => open(fromLink(location.hash)));

at("where").textContent = where;
if (!proofsAreHere) {
  for (const note of document.querySelectorAll(".download")) {
    note.hidden = false;
    note.textContent = "Loads NumPy and SciPy, once.";
  }
}
open(location.hash.length > 1 ? fromLink(location.hash) : Object.values(EXAMPLES)[0]);
