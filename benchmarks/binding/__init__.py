"""What it takes to bind: index tables of meshes and of a sparse approximate inverse."""
