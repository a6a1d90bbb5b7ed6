"""The servers of this scenario, as molecule.yml names them."""

MAIN, SMALL = "masonite-releases-main", "masonite-releases-small"
