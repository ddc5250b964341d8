"""An open engine for transboundary movements of waste under the Basel Convention."""

__version__ = "0.1.0"
