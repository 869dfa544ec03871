"""A row of the class: a submission, what was judged of it, and what that comes to."""
from dataclasses import dataclass

from instructor import verdict

GRADED, PERSON, FAULT, LEFT_OUT = 'graded', 'needs a person', 'grader fault', 'left out'


@dataclass(frozen=True)
class Row:
    """A submission (see intake.py) with its judgement.

    name: the student's, as the gradebook has it, or else the download. judged: dict with 'verdicts' (list of Verdict,
    one an item of the course) and 'flags' (list of lines); None where nothing was judged. in_gradebook: whether there
    is a student for its points.
    """

    submission: object
    name: str
    course: dict
    judged: dict = None
    in_gradebook: bool = True

    @property
    def verdicts(self):
        """Dict of item -> Verdict, in the order of the course; empty where nothing was judged."""
        return {found.item: found for found in self.judged['verdicts']} if self.judged else {}

    @property
    def flags(self):
        return self.judged['flags'] if self.judged else []

    @property
    def review(self):
        """Reasons why a person has to look at all of it, that came up as it was judged."""
        return self.judged.get('review', []) if self.judged else []

    @property
    def state(self):
        """One of the four words at the top of this file."""
        if self.submission.person:
            return PERSON
        if not self.judged:
            return LEFT_OUT
        if any(found.kind == verdict.GRADER_FAULT for found in self.verdicts.values()):
            return FAULT
        return PERSON if self.review or any(found.needs_person for found in self.verdicts.values()) else GRADED

    @property
    def total(self):
        """The points as text, '87.33'; None where a person has to decide before."""
        return verdict.as_text(verdict.total(self.verdicts.values(), self.course)) if self.state == GRADED else None

    @property
    def so_far(self):
        """The points of all that was decided, as a Fraction."""
        return verdict.total([found for found in self.verdicts.values() if not found.needs_person], self.course)

    @property
    def reasons(self):
        """Why a person has to look at it, as a list of lines."""
        items = {}  # reason -> what it is about; all of a submission can have one
        for found in self.verdicts.values():
            if found.needs_person:
                items.setdefault(found.reason, []).append(label(found.item, self.course))
        return [*self.submission.person, *self.review,
                *(reason if len(labels) == len(self.verdicts) else f'{", ".join(labels)}: {reason}'
                  for reason, labels in items.items())]


def label(item, course):
    """What an item of a course is called: 'Q3.2 linear_layer.forward', 'Q3.10 CNN2_lr0.001_m0.9_w0.0_d0.5.json'."""
    if item in course['results']:
        return f'Q{item[1]}.{item[2:]} {course["results"][item]}'
    return 'Q3.9 dnn_cnn_2.py' if item == 'q39' else f'Q3.2 {item}'


def points_text(found, course):
    """The points of a Verdict as text; '?' where a person has to decide."""
    return '?' if found.needs_person else verdict.as_text(verdict.points(found, course))


def possible_text(item, course):
    """The points that an item can bring: '10', '2.50'."""
    return f'{course["points"][item]:g}'


def total_possible(course):
    """The points of a perfect submission, as a Fraction."""
    return sum(map(verdict.exact, course['points'].values()))
