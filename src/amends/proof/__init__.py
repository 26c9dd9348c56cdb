"""What shows that nothing was changed afterwards: hashes of events, chained within their case. Pure."""
