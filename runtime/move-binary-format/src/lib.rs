//! Move modules and scripts as bytes and back, within bounds.
