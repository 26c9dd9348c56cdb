"""The adjudicators' desk: the queue, the workbench, and everything an adjudicator does in a case."""
