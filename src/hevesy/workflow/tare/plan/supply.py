"""What to order or draw up for each session, and how many microspheres that is."""

from __future__ import annotations

from hevesy.decide.tare import decay_to, delivered_activity, drawn_volume_ml, embolic_load, glass_vials
from hevesy.errors import InputError
from hevesy.workflow.tare.plan.product import Case
from hevesy.workflow.tare.plan.settings import Calibration, PlanSession

_WHOLE_VIALS = "a vial of glass is not divided: one for each injection position"
_NO_CALIBRATION = "no calibration time was stated"


def supply_row(case: Case, activity_bq: float) -> dict[str, object]:
    """Vials, particles and sessions of one activity.

    Parameters
    ----------
    case
        Product and patient.
    activity_bq
        To draw, over all sessions. [Bq]
    """
    return {
        "time_zone_of_manufacturer": case.product.time_zone,
        "time_zone_source": case.product.sources["time_zone"].text,
        "time_zone_source_status": case.product.sources["time_zone"].status,
        "calibration_rule": case.product.calibration,
        "sessions": [_session(case, session, activity_bq) for session in case.plan.sessions],
    }


def _session(case: Case, session: PlanSession, activity_bq: float) -> dict[str, object]:
    mine = [t for t in case.plan.territories if t.session == session.name]
    activity = activity_bq * sum(t.activity_share for t in mine)
    return {
        "session": session.name,
        "treatment": session.treatment.isoformat(),
        "activity_to_draw_gbq": activity / 1e9,
        "positions_gbq": {t.position: activity_bq * t.activity_share / 1e9 for t in mine},
        "vials": _vials(case, session, activity),
        "particles": _particles(case, session, activity, sum(t.perfused.volume for t in mine)),
    }


def _vials(case: Case, session: PlanSession, activity_bq: float) -> dict[str, object]:
    calibration = case.calibration(session.name)
    if calibration is None:
        return {"reason": _NO_CALIBRATION}
    if case.product.matrix == "glass":
        mine = {t.position: t.activity_share for t in case.plan.territories if t.session == session.name}
        total = sum(mine.values())
        return {
            "by_position": {
                position: _glass(case, session, activity_bq * share / total, calibration)
                for position, share in mine.items()
            },
            "note": _WHOLE_VIALS,
        }
    if not case.product.vials:
        ordered = decay_to(activity_bq, case.product.nuclide, session.treatment, calibration.at)
        return {"activity_to_order_gbq": ordered / 1e9, "at": calibration.at.isoformat()}
    return _resin(case, session, activity_bq, calibration)


def _glass(case: Case, session: PlanSession, activity_bq: float, calibration: Calibration) -> list[dict[str, object]]:
    return [
        {
            "vial_gbq": choice.activity_at_calibration_bq / 1e9,
            "activity_at_treatment_gbq": choice.activity_at_treatment_bq / 1e9,
            "time_of_wanted_activity": choice.best_time.isoformat(timespec="minutes") if choice.best_time else None,
            "week_of_shelf_life": choice.week,
        }
        for choice in glass_vials(case.product, activity_bq, calibration.at, session.treatment)
    ]


def _resin(case: Case, session: PlanSession, activity_bq: float, calibration: Calibration) -> dict[str, object]:
    if calibration.activity is None:
        return {"reason": "no activity at calibration was stated (the label of the vial)"}
    there = decay_to(calibration.activity, case.product.nuclide, calibration.at, session.treatment)
    try:
        volume = drawn_volume_ml(activity_bq, there, case.product.vial_volume_ml or 0.0)
    except InputError as error:
        return {"activity_at_treatment_gbq": there / 1e9, "reason": str(error)}
    return {"activity_at_treatment_gbq": there / 1e9, "volume_to_draw_ml": volume}


def _particles(case: Case, session: PlanSession, activity_bq: float, perfused_ml: float) -> dict[str, object]:
    product, factor = case.product, 1.0
    if product.activity_stated_at == "calibration":
        calibration = case.calibration(session.name)
        if calibration is None:
            return {"reason": f"activity per sphere is stated at calibration, and {_NO_CALIBRATION}"}
        factor = decay_to(1.0, product.nuclide, calibration.at, session.treatment)
    load = embolic_load(product, activity_bq, factor, perfused_ml)
    return {
        "number": list(load.spheres),
        "mass_mg": list(load.mass_mg),
        "per_ml_perfused": list(load.spheres_per_ml),
        "embolic_effect": product.embolic,
        "source": product.sources["activity_per_sphere_bq"].text,
        "note": product.notes.get("activity_per_sphere_bq"),
    }


def delivered_row(case: Case) -> dict[str, object] | None:
    """What was delivered, from readings before and after; None where there are none.

    Raises
    ------
    InputError
        If its session is unknown, or more was left than there was.
    """
    measured = case.stated.measured
    if measured is None:
        return None
    times = {session.name: session.treatment for session in case.plan.sessions}
    if measured.session not in times:
        raise InputError(f"one of the sessions {', '.join(times)}", f"{measured.session!r} came", "measured.session")
    before, left = measured.assayed, measured.residual
    delivered = delivered_activity(
        case.product.nuclide, (before.activity, before.at), (left.activity, left.at), times[measured.session]
    )
    return {"session": measured.session, "activity_delivered_gbq": delivered / 1e9}
