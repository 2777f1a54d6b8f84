//! Data availability: bytes, heights, namespaces; embedded and Celestia.
