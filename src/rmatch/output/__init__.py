"""Values made bytes: report, workbook, calendar, plot, record."""
