"""Joins the widget's plain modules into one file, for gateways without the bundle.

A page that names the hash of a script means all code that runs. The hash of a module says nothing
about what it imports, so such a page needs one file. This is no bundler for any JavaScript: it
knows the forms of `import` and `export` that static/widget/ uses, and refuses all others.
"""

import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

_IMPORT = re.compile(r"^import (?:\{([^}]*)\} from )?'(\.[^']*)';$", re.MULTILINE)
_LAZY = re.compile(r"(?:(?<=await )|(?<==> ))import\('(\.[^']*)'\)")
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const) ([\w$]+))", re.MULTILINE)
_UNKNOWN = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)

_AWAIT = re.compile(r"^(?!async )[\w(].*\bawait\b.*", re.MULTILINE)
"""Outside of all functions. A module that is imported at once has to be ready at once."""

MAX_PARSED = 100
"""Modules that a process keeps as they were read; the widget has fewer."""

_ONCE = """\
const $once = (make) => {
  let made;
  return () => (made ??= make());
};
"""


class ModuleUnknownError(ValueError):
    """A module is missing, or is written in a way that can't be joined."""


@dataclass(frozen=True, slots=True)
class _Module:
    """A module whose imports are read; `body` is what remains of it."""

    name: str
    body: str
    exports: Sequence[str]
    needs: Sequence[str]
    later: Sequence[str]
    imports: Sequence[tuple[str, str]] = field(default=())

    def written(self) -> str:
        """Return the body of a function that runs the module and returns what it exports."""
        taken = "".join(f"const {{{names}}} = {_name(path)};\n" for names, path in self.imports)
        return f"{taken}{self.body}\nreturn {{ {', '.join(self.exports)} }};\n"


def join_modules(files: Mapping[str, bytes], entry: str) -> bytes:
    """Return one module that does what `entry` does, with all that it imports.

    Modules that `entry` imports run in the order in which a browser would run them. Those that
    are imported by `import()` run when they are asked for, once.

    Raises:
        ModuleUnknownError: a module is missing, or has a form that this function does not know.
    """
    at_once: dict[str, _Module] = {}
    later: dict[str, _Module] = {}
    _visit(files, entry, at_once, ())
    while waiting := _asked_later(at_once, later) - later.keys():
        for path in sorted(waiting):
            later[path] = module = _read(files, path)
            for needed in module.needs:
                _visit(files, needed, at_once, ())
    both = sorted(set(at_once) & set(later))
    if both:
        raise ModuleUnknownError(f"{both[0]} is imported both at once and later.")
    parts = [_ONCE]
    parts += [
        f"// {path}\nconst {_name(path)} = $once(async () => {{\n{later[path].written()}}});\n"
        for path in sorted(later)
    ]
    parts += [
        f"// {path}\nconst {_name(path)} = (() => {{\n{module.written()}}})();\n"
        for path, module in at_once.items()
    ]
    _check_names({**at_once, **later})
    return "\n".join(parts).encode()


def _asked_later(*modules: Mapping[str, _Module]) -> set[str]:
    return {path for some in modules for module in some.values() for path in module.later}


def _visit(
    files: Mapping[str, bytes], path: str, found: dict[str, _Module], above: tuple[str, ...]
) -> None:
    """Read a module after all that it imports."""
    if path in found:
        return
    if path in above:
        raise ModuleUnknownError(f"{path} imports itself, by way of {above[-1]}.")
    module = _read(files, path)
    if waiting := _AWAIT.search(module.body):
        raise ModuleUnknownError(f"{path} has a line that can't be joined: {waiting[0]}")
    for needed in module.needs:
        _visit(files, needed, found, (*above, path))
    found[path] = module


def _read(files: Mapping[str, bytes], path: str) -> _Module:
    if path not in files:
        raise ModuleUnknownError(f"There is no module {path}.")
    return _parse(path, files[path])


@lru_cache(MAX_PARSED)
def _parse(path: str, content: bytes) -> _Module:
    """Read a module; the scripts of a release share most of their modules."""
    text = content.decode()
    folder = posixpath.dirname(path)

    def target(relative: str) -> str:
        return posixpath.normpath(posixpath.join(folder, relative))

    imports = [(names, target(source)) for names, source in _IMPORT.findall(text)]
    later = [target(source) for source in _LAZY.findall(text)]
    body = _IMPORT.sub("", text)
    body = _LAZY.sub(lambda found: f"{_name(target(found[1]))}()", body)
    exports = _EXPORT.findall(body)
    body = _EXPORT.sub("", body)
    unknown = _UNKNOWN.search(body)
    if unknown:
        raise ModuleUnknownError(f"{path} has a line that can't be joined: {unknown[0]}")
    return _Module(
        name=path,
        body=body,
        exports=exports,
        needs=[source for _, source in imports],
        later=later,
        imports=[(names.replace(" as ", ": "), source) for names, source in imports if names],
    )


def _check_names(modules: Mapping[str, _Module]) -> None:
    for path, module in modules.items():
        for names, source in module.imports:
            wanted = {name.partition(":")[0].strip() for name in names.split(",")} - {""}
            missing = wanted - set(modules[source].exports)
            if missing:
                raise ModuleUnknownError(f"{source} does not export {min(missing)} for {path}.")


def _name(path: str) -> str:
    """Return the name of the constant of a module; `$` is in no name of the modules' own."""
    return f"${re.sub(r'[^A-Za-z0-9]', '_', path)}"
