"""`python -m benchmarks meshes`: seconds to the energy that the published method reaches."""
