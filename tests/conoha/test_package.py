"""The package by itself: it builds, holds what it should, and knows nothing of the repository around it."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import octodns_conoha
import pytest
import yaml
from octodns.context import ContextDict
from octodns.secret.environ import EnvironSecrets
from octodns_conoha import ConohaProvider
from octodns_conoha.settings import OPTIONS

PACKAGE = Path(__file__).parents[2] / "providers" / "octodns_conoha"
MODULES = sorted(PACKAGE.glob("*.py"))
READMES = ["README.md", "README.ja.md"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as `pip install ./providers/octodns_conoha` would build it."""
    directory = tmp_path_factory.mktemp("build")
    source = shutil.copytree(PACKAGE, directory / "source", ignore=shutil.ignore_patterns("__pycache__"))
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--disable-pip-version-check"]  # fmt: skip
    built = subprocess.run(
        [*command, "--wheel-dir", directory, source], capture_output=True, text=True, check=False
    )
    if "No module named 'wheel'" in built.stderr or "invalid command 'bdist_wheel'" in built.stderr:
        pytest.skip("setuptools is too old to build a wheel without the network")
    assert built.returncode == 0, built.stderr
    (found,) = directory.glob("*.whl")
    return found


def test_the_wheel_is_whole(wheel: Path) -> None:
    """Every module, the types' marker, the licence and the README; nothing else."""
    with zipfile.ZipFile(wheel) as archive:
        names = {
            name for name in archive.namelist() if not name.endswith(("RECORD", "WHEEL", "top_level.txt"))
        }
        (metadata,) = (archive.read(name).decode() for name in names if name.endswith("METADATA"))
    modules = {f"octodns_conoha/{path.name}" for path in (*MODULES, PACKAGE / "py.typed")}
    rest = {name.rpartition("/")[2] for name in names - modules}
    assert modules <= names
    assert rest == {"METADATA", "LICENSE"}
    assert f"Version: {octodns_conoha.__version__}\n" in metadata
    assert "# ConoHa DNS provider for octoDNS" in metadata


def test_the_wheel_works_where_nothing_else_is(wheel: Path, tmp_path: Path) -> None:
    """Imported from where it was unpacked, without this repository on the path."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    code = "import octodns_conoha as c, sys; print(c.__file__, c.ConohaProvider.SUPPORTS_ROOT_NS, 'stszone' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [str(tmp_path / "octodns_conoha" / "__init__.py"), "False", "False"]


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_modules_import_what_the_package_declares(module: Path) -> None:
    """Its dependencies, the standard library and itself; never the repository around it."""
    declared = tomllib.loads((PACKAGE / "pyproject.toml").read_text())["project"]["dependencies"]
    allowed = {re.split(r"[<>=]", one)[0] for one in declared} | set(sys.stdlib_module_names)
    allowed |= {"dns"} if "dnspython" in allowed else set()
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            assert {name.name.partition(".")[0] for name in node.names} <= allowed
        elif isinstance(node, ast.ImportFrom) and not node.level:
            assert str(node.module).partition(".")[0] in allowed
    assert "stszone" not in module.read_text("utf-8")


@pytest.mark.parametrize("name", READMES)
def test_the_configuration_of_the_readme_works(name: str) -> None:
    """Every YAML block makes a provider."""
    blocks = re.findall(r"```yaml\n(.*?)```", (PACKAGE / name).read_text("utf-8"), re.DOTALL)
    assert len(blocks) == 2
    for block in blocks:
        (entry,) = yaml.safe_load(block)["providers"].values()
        path = entry.pop("class").rpartition(".")
        assert getattr(octodns_conoha, path[2]) is ConohaProvider
        assert ConohaProvider("conoha", **entry).SUPPORTS


@pytest.mark.parametrize("name", READMES)
def test_the_readme_names_every_option(name: str) -> None:
    """Those that the code reads."""
    text = (PACKAGE / name).read_text("utf-8")
    assert [option for option in OPTIONS if not re.search(rf"\b{option}\b", text)] == []


def test_the_readmes_have_the_headings_of_octodns() -> None:
    """A user of octoDNS finds his way; the Japanese one says the same in the same order."""
    english, japanese = (
        re.findall(r"^(##+) (.*)", (PACKAGE / name).read_text("utf-8"), re.MULTILINE) for name in READMES
    )
    assert [title for level, title in english if level == "##"] == [
        "Installation", "Configuration", "Support Information", "Limits", "PTR and reverse DNS", "The live check", "Development",
    ]  # fmt: skip
    assert sum(level == "##" for level, _ in english) == sum(level == "##" for level, _ in japanese)


@pytest.mark.parametrize("value", ["0123456789", "1234", "12.50", "gncu1", "-5", "1e5"])
def test_what_octodns_makes_of_an_environment_variable(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In quotation marks every password arrives as it is; without them digits do, but for leading zeros."""
    monkeypatch.setenv("CONOHA_TEST", f'"{value}"')
    found = EnvironSecrets("env").fetch("CONOHA_TEST", ContextDict({}, context="test"))
    entry = {"region": "c3j1", "tenant_id": "t", "user_id": "u", "password": found}
    expected = value if value != "gncu1" else '"gncu1"'
    assert ConohaProvider("conoha", **entry)._settings.credentials.password == expected
