"""The predecessor's XML tests (quiz and config), read into the same document as a YAML file.

`reading` puts a quiz and its config together; `quiz` and `report` know the format, `texts` the
languages, `markup` the HTML in texts; `elements` parses what comes from outside.
"""
