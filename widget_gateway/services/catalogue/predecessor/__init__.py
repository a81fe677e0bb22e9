"""Reads the predecessor's XML tests (quiz, config, professions) into the document of a definition.

`reading` combines the files of a test. `quiz` reads its questions, `report` the texts and scenarios
of the config, `scales` its types and skills, `professions` the profiles. `texts` reads texts in
several languages, `config_texts` those with variables, and `elements` parses untrusted XML.
"""
