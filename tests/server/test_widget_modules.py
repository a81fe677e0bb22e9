"""How plain modules become one script: what it does, and which modules are refused."""

import re
import subprocess

import pytest

from tests.support.tools import tool
from widget_gateway.domain.widget_modules import ModuleUnknownError, join_modules
from widget_gateway.services.widget_files import WIDGET_ROOT, read_release

MODULES = {
    "main.js": b"""/** Begins. */
import { say as tell } from './words/say.js';
import { Count } from './count.js';
import './effect.js';

const LAZY = { 'words/late.js': () => import('./words/late.js') };
const count = new Count();
tell(`main ${count.next()}`);
(async () => {
  const first = await LAZY['words/late.js']();
  const again = await import('./words/late.js');
  tell(first.late(first === again));
})();
""",
    "count.js": b"""
let made = 0;
export const START = 1;
/** @typedef {typeof import('./words/say.js').say} Say */
export class Count {
  next() {
    return START + made++;
  }
}
""",
    "effect.js": b"import { say } from './words/say.js';\nsay('effect');\n",
    "words/say.js": b"export function say(text) {\n  console.log(text);\n}\n",
    "words/late.js": b"""import { Count } from '../count.js';
import { say } from './say.js';
say(await Promise.resolve(`late ${new Count().next()}`));
export async function unused() {}
export const late = (same) => `same: ${same}`;
""",
}


def test_the_script_does_what_the_modules_do_in_the_same_order(tmp_path):
    for path, content in MODULES.items():
        file = tmp_path / "plain" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    (tmp_path / "package.json").write_text('{"type": "module"}', "utf-8")
    (tmp_path / "joined.js").write_bytes(join_modules(MODULES, "main.js"))

    def run(path):
        command = [tool("node"), str(tmp_path / path)]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    assert run("joined.js") == run("plain/main.js")
    assert run("joined.js").split("\n") == ["effect", "main 1", "late 2", "same: true", ""]


@pytest.mark.parametrize(
    ("module", "told"),
    [
        (b"export default 1;\n", "export default 1;"),
        (b"export { a };\n", "export { a };"),
        (b"export * from './b.js';\n", "export *"),
        (b"export let a = 1;\n", "export let"),
        (b"import a from './b.js';\n", "import a from"),
        (b"import * as a from './b.js';\n", "import * as a"),
        (b"import { a } from 'library';\n", "import { a } from"),
        (b'import { a } from "./b.js";\n', "import { a } from"),
        (b"import { a } from './missing.js';\n", "no module missing.js"),
        (b"const a = () => import('./missing.js');\n", "no module missing.js"),
        (b"import { nothing } from './b.js';\n", "b.js does not export nothing for a.js"),
        (b"import { b } from './a.js';\n", "a.js imports itself"),
        (b"import { b } from './b.js';\nconst a = () => import('./b.js');\n", "both at once"),
        (b"const a = await b;\n", "const a = await b;"),
        (b"import { b } from '../../etc/b.js';\n", "no module ../../etc/b.js"),
    ],
)
def test_what_can_not_be_joined_is_refused_with_its_line(module, told):
    with pytest.raises(ModuleUnknownError, match=re.escape(told)):
        join_modules({"a.js": module, "b.js": b"export const b = 1;\n"}, "a.js")


def test_the_widget_s_table_of_parts_has_all_modules_that_are_loaded_later():
    parts = (WIDGET_ROOT / "parts.js").read_text("utf-8")
    named = {line.split("'")[1] for line in parts.splitlines() if "import(" in line}
    texts = {f"texts/{file.name}" for file in (WIDGET_ROOT / "texts").glob("*.js")}
    types = {f"types/{file.name}" for file in (WIDGET_ROOT / "types").glob("*.js")}
    # The first type is part of the core.
    assert named >= texts | types - {"types/option.js"}
    sources = [path.read_text("utf-8") for path in WIDGET_ROOT.rglob("*.js")]
    asked = {path for text in sources for path in re.findall(r"[ (\[]load\('([^']+)'", text)}
    assert "closing-screens.js" in asked
    assert named >= asked | {"question-media.js", "clock.js"}


def test_the_script_imports_nothing_by_its_address():
    for script in ("standalone/widget.js", "standalone/frame.js"):
        content = read_release().files[script].decode()
        imports = [
            line for line in content.splitlines() if re.search(r"\bimport\b(?!\.meta)", line)
        ]
        # What remains are types in comments, and how plain modules are loaded.
        code = [line for line in imports if not line.lstrip().startswith(("/*", "*"))]
        assert code in (
            [],
            ["let take = (path, query) => import(new URL(path + query, import.meta.url).href);"],
        )
