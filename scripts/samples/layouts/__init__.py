"""How an invoice is laid out, one way a file. Each is a function from an invoice to a PDF with a text layer."""

from layouts.bilingual import bilingual
from layouts.columns import columns, columns_customer_first
from layouts.form import form
from layouts.letterhead import letterhead
from layouts.sheet import sheet
from layouts.trader import trader

__all__ = ["bilingual", "columns", "columns_customer_first", "form", "letterhead", "sheet", "trader"]
