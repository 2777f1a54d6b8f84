//! Sockets, threads, clocks, configuration; introduces the rooms to one another.
