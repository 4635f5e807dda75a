"""`python -m embedded`."""

from embedded.run import main

raise SystemExit(main())
