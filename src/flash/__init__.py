"""Flash: two operator legs and a possible refund, behaving as one payment."""
