"""What is drawn in a report: charts, their colours and fonts, and the logo."""
