import DeckCore

/// Whether new requests may begin. While admission is paused they wait in the queue, within its bounds, and say why; what
/// began goes on. A pause does not outlive the engine.
extension StepLoop {
    /// Who paused admission, and when on the engine's clock.
    struct PausedAdmission {
        let actor: String
        let since: Double
    }

    func setAdmission(isOpen: Bool, _ pending: PendingCommand) {
        let message: String
        let waiting = scheduler.waitingCount
        switch (isOpen, admissionPause) {
        case (true, nil): message = "admission is open already"
        case (false, let pause?): message = "admission is paused already, by \(pause.actor)"
        case (true, let pause?):
            message =
                "resumed admission after \(Forecast.tenths(now - pause.since)) s, "
                + "\(waiting.counted("request")) waited"
            admissionPause = nil
        case (false, nil):
            let running = scheduler.running.count
            message =
                "paused admission, \(waiting.counted("request")) \(waiting.form("waits", many: "wait")) and "
                + "\(running) \(running.form("goes", many: "go")) on"
            admissionPause = PausedAdmission(actor: pending.actor, since: now)
        }
        scheduler.pausedBy = admissionPause?.actor
        conclude(pending, .done(message), kind: .admission, subject: nil)
    }

    /// For screens.
    func admissionSnapshot(now: Double) -> AdmissionPause? {
        admissionPause.map { AdmissionPause(by: $0.actor, seconds: max(0, Int(now - $0.since))) }
    }
}
