"""The rules of the workbook: frozen values in, frozen values out."""
