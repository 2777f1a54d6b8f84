//! State and block to write sets; serial is the definition, parallel equals it.
