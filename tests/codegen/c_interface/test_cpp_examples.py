"""The programs of examples/cpp read a mesh instance that Python wrote and reach its numbers."""

import runpy
import shutil
from pathlib import Path

import pytest

from c_interface.driver import run
from nzdiff.codegen.c_interface.write import generate_c
from nzdiff.problem_file import shipped_problem

EXAMPLES = Path(__file__).parents[3] / "examples" / "cpp"
SANITIZERS = "-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all"
WARNINGS = "-Wall -Wextra -Wconversion -Wno-sign-conversion -Wshadow -Werror"
with_cmake = pytest.mark.skipif(shutil.which("cmake") is None, reason="no CMake")
with_eigen = pytest.mark.skipif(
    not Path("/usr/include/eigen3").is_dir(), reason="no Eigen (Debian: libeigen3-dev)"
)
BUILDS = [("gcc", "OFF", SANITIZERS), ("clang", "OFF", SANITIZERS), ("gcc", "ON", "-O2")]


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of an instance on the mesh of the demo."""
    folder = tmp_path_factory.mktemp("instance")
    runpy.run_path(str(EXAMPLES / "write_instance.py"))["write_instance"](folder, 60, 20)
    return folder


@with_cmake
@with_eigen
@pytest.mark.slow
@pytest.mark.parametrize(("compiler", "blas", "flags"), BUILDS)
def test_cpp_reaches_the_numbers_of_python_on_a_mesh(
    tmp_path: Path, instance: Path, compiler: str, blas: str, flags: str
) -> None:
    cpp = {"gcc": "g++", "clang": "clang++"}[compiler]
    if shutil.which(cpp) is None:
        pytest.skip(f"no {cpp}")
    if blas == "ON" and not list(Path("/usr/lib").glob("**/libblas.so")):
        pytest.skip("no BLAS to link")
    entry = shipped_problem("spectral_coarsening")
    library = generate_c(entry.problem, tmp_path / "library", sizes=entry.sizes)
    prefix, built = tmp_path / "prefix", tmp_path / "built"
    tools = (
        *(f"-DCMAKE_C_COMPILER={compiler}", f"-DCMAKE_CXX_COMPILER={cpp}"),
        *("-DCMAKE_BUILD_TYPE=None", f"-DCMAKE_C_FLAGS={flags}"),
    )
    options = f"-DSPECTRAL_COARSENING_BLAS={blas}", f"-DCMAKE_INSTALL_PREFIX={prefix}"
    run("cmake", "-S", library, "-B", tmp_path / "c", *tools[:1], *tools[2:], *options)
    run("cmake", "--build", tmp_path / "c", "--target", "install")
    options = f"-DCMAKE_PREFIX_PATH={prefix}", f"-DCMAKE_CXX_FLAGS={flags} {WARNINGS}"
    run("cmake", "-S", EXAMPLES, "-B", built, *tools, *options)
    run("cmake", "--build", built)
    for program in ("with_eigen", "with_libigl"):
        lines = run(built / program, instance).splitlines()
        assert [line.partition(" differs by ")[0] for line in lines] == ["E", "dE", "H v"]


@with_cmake
@with_eigen
@pytest.mark.slow
def test_the_programs_say_what_is_wrong_with_an_instance(tmp_path: Path, instance: Path) -> None:
    source = tmp_path / "reads.cpp"
    source.write_text(
        '#include <iostream>\n#include "matrix_market.h"\n'
        "int main(int, char **argv)\ntry {\n"
        "    std::cout << matrix_market::sparse(argv[1]).nonZeros();\n"
        "} catch (const std::exception &error) {\n"
        "    std::cout << error.what();\n}\n"
    )
    program = tmp_path / "reads"
    include = ("-I", EXAMPLES, "-isystem", "/usr/include/eigen3")
    run("g++", "-std=c++17", *SANITIZERS.split(), *include, source, "-o", program)
    whole = (instance / "G.mtx").read_text()
    count = whole.splitlines()[1 + whole.count("\n%")].split()[2]
    assert run(program, instance / "G.mtx") == count  # zeros that are stored stay
    cut = tmp_path / "cut.mtx"
    cut.write_text(whole[: len(whole) // 2])
    assert "ends too early" in run(program, cut)
    assert "coordinate real general" in run(program, instance / "X.mtx")
    assert "expected a MatrixMarket file" in run(program, tmp_path / "absent.mtx")
