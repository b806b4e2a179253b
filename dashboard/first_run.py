"""What a first start finds: an owner, a workspace, an API key and a demo agent."""
