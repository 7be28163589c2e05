"""Logistic regression: a maximum-likelihood fit with standard errors.

The gradient of many parameters costs little more than the likelihood; the Hessian at the
maximum is the observed information, whose inverse holds the variances of the estimates.

    python docs/examples/logistic_regression.py
    python -m taylorad docs/examples/logistic_regression.py:loss --fixed X,y,ridge \\
        --at "w=[0.1,0.2],X=[[1.0,2.0],[1.0,-1.0]],y=[1,0],ridge=0.1"
"""

import math

import numpy as np
from numba import njit
from scipy.optimize import minimize

import taylorad as ta


@njit
def loss(w, X, y, ridge):
    """Negative log-likelihood of labels ``y`` in {0, 1}, with a small penalty."""
    total = 0.5 * ridge * np.sum(w * w)
    for i in range(X.shape[0]):
        z = np.dot(X[i], w)
        # log(1 + exp(z)) without overflow
        if z > 0.0:
            total += z + math.log1p(math.exp(-z))
        else:
            total += math.log1p(math.exp(z))
        total -= y[i] * z
    return total


def patients(count=2000):
    """Invented data: an intercept, age and dose in standard units, and their product."""
    random = np.random.default_rng(7)
    age, dose = random.normal(size=(2, count))
    X = np.column_stack((np.ones(count), age, dose, age * dose))
    truth = np.array([-0.5, 0.8, -1.2, 0.3])
    y = (random.random(count) < 1.0 / (1.0 + np.exp(-X @ truth))).astype(float)
    return X, y, truth


def main():
    X, y, truth = patients()
    data = (X, y, 1e-6)
    # value and gradient in one pass: jac=True
    fit = minimize(ta.value_and_grad(loss), np.zeros(4), args=data, jac=True, method="BFGS")
    w = fit.x
    # a Newton step by the Hessian settles the last digits
    value, gradient, information = ta.value_grad_hessian(loss)(w, *data)
    w = w - np.linalg.solve(information, gradient)
    errors = np.sqrt(np.diag(np.linalg.inv(ta.hessian(loss)(w, *data))))
    print(f"log-likelihood {-loss(w, *data):.6f} after {fit.nit} steps")
    for name, true, value, error in zip(
        ("intercept", "age", "dose", "age x dose"), truth, w, errors, strict=True
    ):
        print(f"{name:10s} {value: .4f} +- {error:.4f}   (data made with {true: .1f})")
    return w, errors, truth


if __name__ == "__main__":
    main()
