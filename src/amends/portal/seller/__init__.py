"""The seller's pages: the inbox by deadline, answering, offers, appeals, how the shop does, and its settings."""
