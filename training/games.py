"""All the games, by name."""
from changes import Counter, Elevator, Lamp, Robot, Total
from swaps import Parcel, Seats, Swaps

GAMES = dict(cups=lambda: Swaps('cups'), boxes=lambda: Swaps('boxes'), seats=lambda: Seats('seats'), parcel=Parcel, robot=Robot, elevator=Elevator,
             lamp=Lamp, counter=Counter, total=Total)
