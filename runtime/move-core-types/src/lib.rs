//! The vocabulary of Move: addresses, identifiers, type tags, integers, BCS values, status codes.
