"""Reception: how files of parties come into the house, whichever door they come through.

The rooms here know no HTTP: they take names, numbers and bytes, and raise `NotTaken` with a stable code and a sentence
in English and Indonesian. The API makes problems of it, the portals words beside a field.
"""
