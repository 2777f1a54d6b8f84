//! Decides whether Move code may run; one file per pass.
