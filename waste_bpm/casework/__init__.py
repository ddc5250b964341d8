"""The engine room: the one line that every act, report and lapse walks, and the store that it ends in."""
