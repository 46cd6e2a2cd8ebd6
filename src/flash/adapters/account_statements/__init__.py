"""Statements of account as files: CSV, Excel and PDF, each written row by row."""

from collections.abc import Mapping

from flash.adapters.account_statements.csv_file import CsvFormat
from flash.adapters.account_statements.pdf_file import PdfFormat
from flash.adapters.account_statements.xlsx_file import XlsxFormat
from flash.ports.account_statements import Format

FORMATS: Mapping[str, Format] = {one.suffix: one for one in (CsvFormat(), XlsxFormat(), PdfFormat())}
"""By what follows the dot in the name of a file."""
