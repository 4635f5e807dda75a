"""People in the pages: who is logged in, logging in and out, invitations, one's own account."""
