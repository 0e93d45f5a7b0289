"""Rows and variables of a linear program, gathered piece by piece and handed to HiGHS at once."""

from __future__ import annotations

from typing import Any

import highspy
import numpy as np

from pledgeway.planning.engine.arrays import Array, Floats, Integers


class Rows:
    """Variables (worth, most, whole; least is 0) and rows (entries, least, most) of a program to be maximised."""

    def __init__(self) -> None:
        self.worth: list[float] = []
        self.most: list[float] = []
        self.whole: list[bool] = []
        self._start = [0]
        self._index: list[int] = []
        self._value: list[float] = []
        self._least: list[float] = []
        self._greatest: list[float] = []

    def __len__(self) -> int:
        return len(self._least)

    def variable(self, worth: float, most: float, whole: bool) -> int:
        """Add a variable from 0 to ``most``; return its number."""
        self.worth.append(worth)
        self.most.append(most)
        self.whole.append(whole)
        return len(self.worth) - 1

    def variables(self, wanted: Array, worth: Floats, most: Floats, whole: bool) -> Integers:
        """Add a variable wherever ``wanted`` is true; return their numbers in its shape, -1 elsewhere."""
        count, first = int(wanted.sum()), len(self.worth)
        numbers = np.full(wanted.shape, -1, dtype=np.int64)
        numbers[wanted] = np.arange(first, first + count)
        self.worth += worth[wanted].tolist()
        self.most += most[wanted].tolist()
        self.whole += [whole] * count
        return numbers

    def add(self, entries: list[tuple[int, float]], least: float, greatest: float) -> None:
        """Add the row least <= sum of factor x variable <= greatest."""
        self._index += [number for number, _ in entries]
        self._value += [factor for _, factor in entries]
        self._start.append(len(self._index))
        self._least.append(least)
        self._greatest.append(greatest)

    def program(self, integer: bool) -> Any:
        """Return the program as HiGHS takes it."""
        program = highspy.HighsLp()
        program.num_col_, program.num_row_ = len(self.worth), len(self)
        program.sense_ = highspy.ObjSense.kMaximize
        program.col_cost_, program.col_lower_ = np.array(self.worth), np.zeros(len(self.worth))
        program.col_upper_ = np.array(self.most)
        program.row_lower_, program.row_upper_ = np.array(self._least), np.array(self._greatest)
        program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        program.a_matrix_.start_ = np.array(self._start, dtype=np.int32)
        program.a_matrix_.index_ = np.array(self._index, dtype=np.int32)
        program.a_matrix_.value_ = np.array(self._value)
        if integer:
            kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
            program.integrality_ = [kinds[whole] for whole in self.whole]
        return program
