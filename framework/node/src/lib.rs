//! Sockets, threads, clocks, configuration; introduces the rooms to one another.

pub mod config;
mod http;
mod rest;
