//! Move packages: manifests, builds, metadata, ABI; runs the planned unit tests.
