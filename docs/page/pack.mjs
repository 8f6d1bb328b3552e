// node pack.mjs PYODIDE MEMBERS OUT: compile what MEMBERS lists with Pyodide's Python, without the
// docstrings, and write it as one zip with the data beside it.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, members, out] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(join(folder, "pyodide.mjs")).href);
const python = await loadPyodide({ indexURL: folder + "/" });
const listed = Object.entries(JSON.parse(readFileSync(members, "utf-8")));
python.globals.set("read", (path) => new Uint8Array(readFileSync(path)));
python.globals.set("listed", python.toPy(listed));
try {
  python.runPython(`
import ast, marshal, zipfile
from importlib.util import MAGIC_NUMBER

HEAD = MAGIC_NUMBER + bytes(12)  # no time and no size: an archive without sources asks for neither
OWNERS = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def compiled(source, name):
    tree = ast.parse(source)
    for owner in ast.walk(tree):
        if isinstance(owner, OWNERS) and ast.get_docstring(owner, clean=False) is not None:
            owner.body[0].value = ast.copy_location(ast.Constant(""), owner.body[0].value)
    return HEAD + marshal.dumps(compile(tree, name, "exec", dont_inherit=True))


with zipfile.ZipFile("/out.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
    for name, path in listed:
        body = read(path).to_py().tobytes()
        if name.endswith(".py"):
            body, name = compiled(body, name), name + "c"
        archive.writestr(zipfile.ZipInfo(name), body, zipfile.ZIP_DEFLATED)
`);
  writeFileSync(out, python.FS.readFile("/out.zip"));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
