"""How far apart two spellings are."""


def distance(one: str, other: str, most: int) -> int:
    """How many slips lead from one word to the other; anything above `most` is given as most + 1.

    Slips are counted as in the optimal string alignment distance: a swap of neighbours is one, and no letter is
    touched twice.
    """
    while one and other and one[0] == other[0]:
        one, other = one[1:], other[1:]
    while one and other and one[-1] == other[-1]:
        one, other = one[:-1], other[:-1]
    if not one or not other:
        return min(len(one) + len(other), most + 1)
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            slips = min(last[j] + 1, row[-1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and b == one[i - 2]:
                slips = min(slips, before[j - 2] + 1)
            row.append(slips)
        if min(row) > most and min(last) > most:
            return most + 1
        before, last = last, row
    return min(last[-1], most + 1)
