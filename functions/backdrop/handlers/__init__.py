"""What Lambda calls. Before any handler's libraries are imported: can they run here?"""

from backdrop.handlers.artefact import check_artefact

check_artefact()
