"""Reads the predecessor's XML tests (quiz and config) into the same document as a YAML file.

`reading` combines a quiz with its config. `quiz` and `report` read the two formats, `texts` the
texts in two languages, `markup` the HTML in texts. `elements` parses untrusted XML.
"""
