"""How fast nnlib trains, beside what else could train the same networks. `make bench` runs it all."""
