//! Loads, lowers and runs verified Move code, metered.
