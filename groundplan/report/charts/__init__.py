"""Charts as SVG: drawn from a report, without scripts, ids or anything that is loaded from elsewhere."""
