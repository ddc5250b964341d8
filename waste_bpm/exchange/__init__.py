"""How letters leave a node and reach another: the same bytes, handed over until a receipt says that they are there."""
