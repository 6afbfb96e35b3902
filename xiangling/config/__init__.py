"""How the parts run together: settings, addresses, the `xiangling` command."""
