"""A hook of MkDocs: links to files of the repository lead to pages that show these files.

Guides link to examples, configurations and READMEs outside of `docs/`, as the repository's own
view needs it. The site gets a page for each file or folder that a page links to, under
`repository/`. Pages made of Markdown count again, so that a README's links work, too.
"""

import posixpath
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.pages import Page

FOLDER = "repository"
"""The folder of the site for what stands outside of `docs/`."""

LANGUAGES = {
    ".css": "css",
    ".conf": "nginx",
    ".html": "html",
    ".js": "js",
    ".json": "json",
    ".mjs": "js",
    ".php": "php",
    ".py": "python",
    ".toml": "toml",
    ".ts": "ts",
    ".tsx": "tsx",
    ".vue": "html",
    ".yaml": "yaml",
    ".yml": "yaml",
}
"""How the files of a suffix are highlighted. Files of other suffixes are shown plainly."""

MAX_FILE_BYTES = 100_000
"""Larger files, which nobody reads in a page, are named without a page."""

HIDDEN = {"node_modules", "vendor", "dist", "build", "__pycache__"}
"""Folders with files that tools have made."""

_LINK = re.compile(r"(?<=\]\()([^)#:\s]+)(?=(?:#[^)\s]*)?\))")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add a page for each file outside of `docs/` that a page links to."""
    root = Path(config.config_file_path).parent
    waiting = [file for file in files.documentation_pages() if file.abs_src_path]
    texts = {_source(file.src_uri): file.content_string for file in waiting}
    seen = set(texts)
    while texts:
        source, text = texts.popitem()
        for link in _LINK.findall(text):
            target = _resolve(source, link)
            if target in seen or target.startswith(("docs/", "..")):
                continue
            seen.add(target)
            page = _page(root, target)
            if page is None:
                continue
            uri = page_of(root, target)
            if files.get_file_from_path(uri):
                continue  # a folder's README, which was linked to by its own name, too
            files.append(
                File.generated(config, uri, content=page, inclusion=InclusionLevel.NOT_IN_NAV)
            )
            texts[target if target.endswith(".md") else f"{target}/README.md"] = page
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Lead the links to files of the repository to the pages of these files."""
    root = Path(config.config_file_path).parent
    source = _source(page.file.src_uri)
    here = posixpath.dirname(page.file.src_uri)

    def lead(match: re.Match[str]) -> str:
        target = _resolve(source, match[1])
        if target.startswith("docs/"):
            found = target.removeprefix("docs/")
        else:
            found = page_of(root, target)
        if not files.get_file_from_path(found):
            return match[1]
        return posixpath.relpath(found, here or ".")

    return _LINK.sub(lead, markdown)


def page_of(root: Path, target: str) -> str:
    """Return the path in the site of the page of a file or folder of the repository."""
    if (root / target).is_dir():
        return f"{FOLDER}/{target}/README.md"
    return f"{FOLDER}/{target}" if target.endswith(".md") else f"{FOLDER}/{target}.md"


def _source(uri: str) -> str:
    """Return the path in the repository of a page of the site."""
    return uri.removeprefix(f"{FOLDER}/") if uri.startswith(f"{FOLDER}/") else f"docs/{uri}"


def _resolve(source: str, link: str) -> str:
    """Return the path in the repository to which a link of a file leads."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(source), link))


def _page(root: Path, target: str) -> str | None:
    """Return the Markdown of the page of a file or folder; None if there can't be one."""
    path = root / target
    if path.is_dir():
        return _folder_page(path, target)
    if not path.is_file() or path.stat().st_size > MAX_FILE_BYTES:
        return None
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError:
        return None
    if path.suffix == ".md":
        return text
    fence = "`" * max(4, *(len(run) + 1 for run in re.findall(r"`+", text) or [""]))
    language = LANGUAGES.get(path.suffix, "text")
    return (
        f"---\nsearch:\n  exclude: true\n---\n\n# {target}\n\n{fence}{language}\n{text}\n{fence}\n"
    )


def _folder_page(path: Path, target: str) -> str:
    """Return the README of a folder, or the list of its files if there is none."""
    readme = path / "README.md"
    if readme.is_file():
        return readme.read_text("utf-8")
    files = (file.relative_to(path) for file in path.rglob("*") if file.is_file())
    shown = (
        file
        for file in files
        if not any(part in HIDDEN or part.startswith(".") for part in file.parts)
    )
    return "\n".join([f"# {target}", "", *(f"- [{name}]({name})" for name in sorted(shown)), ""])
