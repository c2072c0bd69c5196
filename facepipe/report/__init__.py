"""report.html: what was found, on one page without server or network.

`about` is what a run says, `people` and `timeline` what is shown of its table, `page` the HTML, made of templates/.
"""
